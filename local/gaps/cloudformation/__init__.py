"""What MiniStack lacks of CloudFormation.

parameters: a parameter that a template does not declare is refused; AllowedValues of a list hold for each member
condition_values: pseudo parameters and functions in a condition
exports: names are unique, what is imported stays
nested: nested applications, their updates and deletes
types: what single types need: made, stubbed, attributes, state machines, what hangs on nothing
requests: members of a call that do not go together
template_text: aliases are refused, names stay texts
template_format: a reference without an end, an unknown member or type, a circle: refused at the call
property_validation: properties against the resource schemas, before any resource; nested templates too
change_sets: a change set that fails validation is FAILED
resource_rules: what the resource's provider and its service refuse when it is made
_static: values of a template that are known before any resource exists
_stack: all that the validation of a stack finds, nested stacks included
_names: names that are taken already
_template: what AWS refuses in a template, told from the template alone
"""
