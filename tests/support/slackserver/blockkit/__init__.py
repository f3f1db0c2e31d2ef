"""Block Kit's rules: what Slack accepts as blocks of a message, a modal or a Home tab.

https://docs.slack.dev/reference/block-kit
"""
