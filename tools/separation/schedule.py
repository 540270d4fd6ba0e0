"""What happens when in a training: how much of the budget is used, the learning rate there, and the stage."""

from __future__ import annotations

import math
import time

import torch
from lightning.fabric import Fabric

from separation.config import Stage, TrainingConfig
from separation.state import State

_AGREE_EVERY = 16  # steps


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


class Clock:
    """How much of the budget is used, and whether to stop: the same in all processes of a training.

    Their clocks differ, and signals reach them at different steps; so the first one says what holds, now and then.

    Attributes:
        done: share of the budget, from 0 to 1.
        stop: whether to end before that.
        asked: set by whoever wants it to stop.
    """

    def __init__(self, fabric: Fabric, training: TrainingConfig, state: State) -> None:
        self.done, self.stop, self.asked = 0.0, False, False
        self._fabric, self._training, self._state = fabric, training, state
        self._began = time.perf_counter() - state.seconds
        self._ticks = 0
        self.tick()

    def tick(self) -> None:
        """Look at the clock, after each step; the state's seconds follow."""
        self._state.seconds = time.perf_counter() - self._began
        own = done_share(self._training, self._state)
        if self._fabric.world_size == 1:
            self.done, self.stop = own, self.asked
            return
        if self._ticks % _AGREE_EVERY == 0:
            said = torch.tensor([own, float(self.asked)], dtype=torch.float64, device=self._fabric.device)
            torch.distributed.broadcast(said, src=0)
            self.done, self.stop = float(said[0]), bool(said[1])
        if self._training.steps:
            self.done = own  # steps are counted, all alike
        self._ticks += 1
