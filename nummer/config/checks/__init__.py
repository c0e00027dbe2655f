"""What `nummer check` looks at beside what is owed: whether an installation may meet the world.

Each module looks at one thing and returns findings; each finding that is not good says what to do.
What only production has to keep is not looked at in the sandbox, whose world is loopback.
"""
