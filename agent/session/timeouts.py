"""How long a session waits for a sign of life, in seconds. Apart from the session, which needs the SDK."""

SILENCE_TIMEOUT_S: float = 600
"""The longest silence of the model while no tool is running, unless the caller says otherwise."""
BACKGROUND_TIMEOUT_S = 60.0
"""The wait after a turn for background commands: one that ends wakes the agent, but a server never does."""
WAKE_TIMEOUT_S = 5.0
"""The wait after a turn for the next one, for which the CLI has a reason. It starts it within 0.1 s."""
INTERRUPT_TIMEOUT_S = 2.0
"""The wait until the CLI confirms an interrupt, and then for the result of the interrupted turn."""
