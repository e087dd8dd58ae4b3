"""What runs inside a training job, and what a job leaves behind.

Inside a job there are numpy, scikit-learn and this package; nothing of AWS is asked.

plan: What a job is told: columns, classes, seed; as hyperparameters, and back.
hyperparameters: Names, bounds and defaults of what a manifest may set, per program.
job: A job's folders and hyperparameters (SM_*); a failure under its name; the metric lines.
channels: The CSV files of a channel -> rows of texts and their targets.
split: Which rows are held out, and which are kept as samples; the same for the same seed.
tabular: Boosted trees over numbers and categories.
text_classifier: A linear model over hashed words and n-grams.
export: scikit-learn's trees -> ``model.json``, guarded against versions that keep them elsewhere.
proof: The export asked what the trained model was asked, hostile rows too: unequal is ExportDiffers.
run_script: A training script of the user's own, and its model asked as an endpoint would ask it.
user_model: The process in which that model is loaded; it knows nothing of this package.
inference: What an endpoint runs: the same file, forms and answers as the function that predicts.
archive: The source archive of a program, the same bytes each time; a user's own merged with ours.
source: The user's own archive, opened with care.
"""
