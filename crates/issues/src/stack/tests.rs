//! What the readers of stacks hold to, whatever the text.
