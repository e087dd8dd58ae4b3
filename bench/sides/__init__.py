"""What is measured in a process of its own: one side of a comparison, started by ``bench.sides.process``.

process: starts a side: our or the peers' interpreter, a side's figures, CPU and memory of a whole process
documents_side: one of Textract's answers to lines, pairs and tables, by us or by a library that reads such answers
painting_side: every page of a PDF, read by pdfium, by us, or rendered
images_side: one image to 256 x 256 grey, by us or by OpenCV; or nothing but an import
conformance_side: one image of the table, with the function's memory as its limit
trips_side: one Firehose event through our transform or through pandas; or nothing but an import
merges_side: 60 fragments to one article, by the mastered or express merge or by pydub's join
training_side: texts by ours or by TF-IDF and SGD, trees walked or unpickled
peak: the most memory that the process itself took
"""
