"""From a SAM template to a created stack.

deploy: Create or update the stack through the local CloudFormation, which applies the SAM transform itself.
package: Turn the local paths of a SAM template into objects in the artefact bucket, as `sam package` does.
layers: Folders of third-party code, linked from what is installed here instead of downloaded again.
template: Read a SAM template and samconfig.toml as plain data.
stubs: Resource types that MiniStack's CloudFormation does not know and that do nothing locally.
"""
