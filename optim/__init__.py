"""Optimizers and schedules: the public face of `tensorsmith.optim`."""

from . import lr_scheduler as lr_scheduler
from .adam import Adam as Adam
from .adam import AdamW as AdamW
from .adaptive import Adadelta as Adadelta
from .adaptive import Adagrad as Adagrad
from .adaptive import RMSprop as RMSprop
from .moments import Adamax as Adamax
from .moments import NAdam as NAdam
from .moments import RAdam as RAdam
from .optimizer import Optimizer as Optimizer
from .sgd import SGD as SGD
from .signs import ASGD as ASGD
from .signs import Rprop as Rprop
