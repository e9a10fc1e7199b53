"""Where the corners of a plate are seen."""

import random

import numpy as np
from numpy.typing import NDArray


def turned(width: float, height: float, rng: random.Random) -> NDArray[np.float64]:
    """Return the four corners of a width x height plate turned in space, around (0, 0)."""
    wild = rng.random() < 0.3
    yaw = np.radians(np.clip(rng.gauss(0, 28), -68, 68))
    pitch = np.radians(np.clip(rng.gauss(0, 14), -45, 45))
    roll = np.radians(rng.uniform(-52, 52) if wild else rng.gauss(0, 6))
    x, y = width / 2, height / 2
    points = np.array([[-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    seen = points @ (about_z @ about_x @ about_y).T
    far = width * rng.uniform(2.5, 8)
    return np.asarray(seen[:, :2] * (far / (far + seen[:, 2:])))


def level(width: float, height: float, rng: random.Random) -> NDArray[np.float64]:
    """Return the four corners of a width x height plate, nearly upright, around (0, 0)."""
    roll, slant, x, y = np.radians(rng.gauss(0, 3)), rng.gauss(0, 0.04), width / 2, height / 2
    points = np.array([[-x, -y - x * slant], [x, -y + x * slant], [x, y + x * slant], [-x, y - x * slant]])
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    return np.asarray(points @ turn)
