"""Tasks on a worker thread, with retries."""

import queue
import threading


class Task:
    def __init__(self, tasks, function, retries):
        self.tasks = tasks
        self.function = function
        self.retries = retries

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)

    def delay(self, *args, **kwargs):
        self.tasks.put((self.function, args, kwargs, self.retries))


class Belt:
    def __init__(self, name, log):
        self.log = log
        self.tasks = queue.Queue()
        threading.Thread(target=self._work, name=f"belt-{name}", daemon=True).start()

    def task(self, retries=0):
        return lambda function: Task(self.tasks, function, retries)

    def join(self):
        self.tasks.join()

    def _work(self):
        while True:
            function, args, kwargs, retries = self.tasks.get()
            try:
                self._attempt(function, args, kwargs, retries)
            except Exception:
                self.log.exception("task %s failed", function.__name__)
            finally:
                self.tasks.task_done()

    def _attempt(self, function, args, kwargs, retries):
        try:
            return function(*args, **kwargs)
        except Exception:
            if retries == 0:
                raise
        return self._attempt(function, args, kwargs, retries - 1)
