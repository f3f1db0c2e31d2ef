"""A ticket and what belongs to it; `lifecycle` is the only module that changes one."""
