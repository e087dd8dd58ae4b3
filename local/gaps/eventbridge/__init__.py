"""What MiniStack lacks of EventBridge.

entries: what PutEvents accepts: 1 MB together, Source, DetailType and a JSON Detail per entry
rules: what a rule may be: schedule, pattern, names
rule_targets: what targets may be: five, one input each, with a role where one is needed
targets: a target's policy or role must allow the rule; undeliverable events go to the target's dead-letter queue
"""
