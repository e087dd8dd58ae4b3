"""PDFs made of the pages' images, with an invisible layer of text.

pdf_objects: Writing PDF objects to a file as they come, so that a document of many pages never lies in memory.
page_images: Images as pages of a PDF: JPEG byte for byte, a PNG's own data, else losslessly.
text_layer: The invisible layer of text of one page: words at their places, fonts, render mode 3.
searchable: Documents as PDF with an invisible layer of text; pages with text of their own get no second one.
"""
