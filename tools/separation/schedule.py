"""What happens when in a training: how much of the budget is used, the learning rate there, and the stage."""

from __future__ import annotations

import math

from separation.config import Stage, TrainingConfig
from separation.state import State


def done_share(config: TrainingConfig, state: State) -> float:
    """How much of the budget is used, from 0 to 1."""
    used = state.step / config.steps if config.steps else state.seconds / (60 * config.minutes)
    return min(1.0, used)


def learning_rate(config: TrainingConfig, done: float) -> float:
    """The learning rate at a share of the budget: a warm-up, a plateau, and half a cosine down."""
    if done < config.warmup:
        return config.learning_rate * max(done / config.warmup, 0.01)
    if done <= config.decay_from:
        return config.learning_rate
    falling = (done - config.decay_from) / (1 - config.decay_from)
    floor = config.final_rate
    return config.learning_rate * (floor + (1 - floor) * (1 + math.cos(math.pi * falling)) / 2)


def stage_at(config: TrainingConfig, done: float) -> Stage:
    """The stage at a share of the budget."""
    total = sum(stage.share for stage in config.stages)
    until = 0.0
    for stage in config.stages:
        until += stage.share / total
        if done < until:
            return stage
    return config.stages[-1]
