"""Athena: queries on a road of our own, saved queries in templates.

queries: a query goes to the locked engine of local/services/athena, with the rights of its caller
saved: AWS::Athena::NamedQuery in templates
_world: MiniStack's catalogue, buckets and evaluator as a query may ask them
"""
