import multiprocessing

from veil.domain.errors import StoreBusyError
from veil.node.wake_up import WakeUp
from veil.node.worker_pool import WorkerPool
from veil.settings import NodeSettings


def test_all_workers_are_ended_though_the_store_takes_nothing_back(folder):
    def recover(name, counts):
        raise StoreBusyError

    settings = NodeSettings(data=folder, models=folder / "none", workers=2, stop_seconds=0)
    pool = WorkerPool(settings, WakeUp(2), on_death=recover)
    pool.start()

    pool.stop()

    assert not multiprocessing.active_children()
