"""A manifest becomes a model that had to earn its place: trained, compared with the live one, deployed, pointed at.

steps: What the steps of one run leave each other, and who the run is.
errors: What can go wrong, under names that the state machine and people act on.
model: What the stages hand each other. Plain data.
manifest: What a manifest says. Plain data.
archives: Archives that strangers made, read member by member.
manifests: A manifest and its data, checked; the version that they are.
transform: One way from text to the cells that a model sees, whatever door they came through.
programs: What runs inside a training job, and what a job leaves behind.
evaluation: How good a model is, and whether it is better than the one that serves.
serving: A model's file walked in plain Python; the pointer that names the version that serves.
tuning: Trials planned, the best one chosen and tried on the test rows.
deploying: Registered, approved, behind an endpoint where one was asked for, tried, pointed at.
handlers: One module per Lambda function.
"""
