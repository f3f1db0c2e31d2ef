"""The numbers. Documented ones with their page; the others were found out by others and are marked."""

BLOCKS_IN_MESSAGE = 50  # https://docs.slack.dev/reference/block-kit/blocks
BLOCKS_IN_VIEW = 100  # the same page
BLOCK_CHARACTERS = 13_200  # not documented: above, msg_blocks_too_long
MARKDOWN_CHARACTERS = 12_000  # all markdown blocks of a message together: .../blocks/markdown-block
MESSAGE_TEXT = 40_000  # https://docs.slack.dev/reference/methods/chat.postMessage
UPDATE_TEXT_BYTES = 4_000  # https://docs.slack.dev/reference/methods/chat.update; counted in bytes, escaped
ATTACHMENTS = 100  # chat.postMessage, too_many_attachments
METADATA_BYTES = 8_000  # https://docs.slack.dev/messaging/message-metadata
VIEW_BYTES = 250_000  # https://docs.slack.dev/reference/methods/views.open, view_too_large
VIEWS_DEEP = 3  # https://docs.slack.dev/surfaces/modals
ALTERNATIVE = 1_000  # https://docs.slack.dev/reference/methods/files.getUploadURLExternal, alt_txt_too_large
FILE_BYTES = 1_000_000_000  # https://docs.slack.dev/reference/methods/files.getUploadURLExternal
REACTIONS_OF_ONE = 23  # reactions.add, too_many_emoji
REACTIONS_ON_ONE = 50  # reactions.add, too_many_reactions
SOCKETS = 10  # https://docs.slack.dev/apis/events-api/using-socket-mode
ANSWER_SECONDS = 3.0  # https://docs.slack.dev/apis/events-api/#responding
TRIGGER_SECONDS = 3.0  # https://docs.slack.dev/interactivity/handling-user-interaction#trigger_id
RESPONSE_URL_USES = 5  # https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
RESPONSE_URL_SECONDS = 1800.0  # the same page
REDELIVER_AFTER = (0.0, 60.0, 300.0)  # https://docs.slack.dev/apis/events-api/#retries
