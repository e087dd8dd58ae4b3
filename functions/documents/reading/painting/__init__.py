"""What a page of a PDF shows: a file's text is believed only where the painted page bears it out.

canvas: A page painted at a low resolution, with or without some of its objects, in bounded time.
ink: Where two paintings of a page differ, as bits.
letters: A page's letters as pdfium finds them, with loose and tight boxes, and the words that they make.
hidden: Which words show: those that leave ink where they stand; letters within words, words under words.
pictures: Pictures that show something, strips and tiles as one.
doubts: Why a PDF with text of its own goes to Textract all the same: pictures, broken fonts, missing glyphs.
look: One look at a page for all of this, with one pair of paintings.
appearances: What annotations and form fields show by words and pictures of their own.
places: From a page's own units to shares of the page as it shows.
notes: TEXT_HIDDEN, TEXT_UNCHECKED and IMAGE_UNREAD, with page and place.
"""
