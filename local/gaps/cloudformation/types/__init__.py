"""What single types of resources need.

resource_types: composite alarms, state machine versions and aliases from a template
vectors: vector buckets, their indexes and policies
service_types: activities, connections, API destinations, inline policies of topics from a template
attributes: Fn::GetAtt of what was given
stubs: types that do nothing here; the sentence for a type that AWS has and this cloud has not
state_machines: refused as CreateStateMachine refuses them; YAML in S3; their logging
attachments: what belongs to a function, bucket, queue, topic, bus or log group that is not there
"""
