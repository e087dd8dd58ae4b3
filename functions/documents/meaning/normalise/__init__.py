"""Values made comparable: equal things have one form. What cannot be decided gets a flag.

locale: What a region's way of writing decides: the order of a date's numbers, the decimal mark, whose dollar it is.
normalised: What a normaliser answers: the value, or the code of a flag and its reason.
dates: Dates to ISO 8601; DATE_AMBIGUOUS where day and month could be either.
phones: Telephone numbers to E.164, by libphonenumber's lengths; PHONE_DIGITS_MISSING.
amounts: Amounts of money: a decimal number with the currency's ISO 4217 code.
addresses: Postal addresses on one line; ADDRESS_NO_STREET_NUMBER.
"""
