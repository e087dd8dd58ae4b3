"""Values made comparable: dates, telephone numbers, amounts, addresses. What is refused gets a flag.

addresses: Postal addresses:
amounts: Amounts of money:
dates: Dates to ISO 8601:
found: What a normaliser answers.
locale: What a region's way of writing decides:
phones: Telephone numbers to E.164, by libphonenumber's rules for the documents' region.
"""
