"""What MiniStack lacks of EventBridge.

entries: what PutEvents accepts: 1 MB together, Source, DetailType and a JSON Detail per entry
targets: a target's policy or role must allow the rule; undeliverable events go to the target's dead-letter queue
"""
