"""What MiniStack lacks of EventBridge.

entries: EventBridge:
targets: EventBridge:
"""
