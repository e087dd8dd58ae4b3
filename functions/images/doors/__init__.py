"""Requests and responses of the two doors, and what they share.

function_url: The Function URL's request and response: methods, key, overrides, at most 4 MB, errors as JSON.
signatures: Addresses that change a profile where everybody may ask: HMAC, one spelling per address.
variant_keys: The keys of those signatures out of Secrets Manager: the current and the previous one.
access_point: The access point's: the payload's profile, Range and partNumber, WriteGetObjectResponse, errors.
deadline: An answer before the time runs out, whatever a decoder does; one image at a time.
serving: Original and profile become an answer, counted: TransformMilliseconds, ImagesRefused, ImagesFailed.
responses: Entity tags, If-Match and the like by tag and date, ranges and parts, Cache-Control, for both doors alike.
"""
