"""From a SAM template to a created stack.

template: a SAM template and samconfig.toml as plain data
layers: a layer's ``requirements.in`` linked from the packages that are installed here
package: local paths of a template to objects in the artefact bucket, as ``sam package`` does
places: file and line of a path in a template
transforms: what the SAM transform refused, each error with its path
refusals: why CloudFormation refused a template, with file and line
deploy: the stack created or updated through the local CloudFormation
"""
