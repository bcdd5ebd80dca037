"""A queue of background tasks over a thread pool of one."""

from concurrent.futures import ThreadPoolExecutor


class TaskQueue:
    def __init__(self, service, tracer):
        self.service = service
        self.tracer = tracer
        self.pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=service)

    def enqueue(self, headers, task, *args):
        """Runs the task later; nobody waits for its result."""
        return self.pool.submit(self._execute, headers, task, *args)

    def call(self, task, *args):
        """Runs the task on the pool and waits: what it raises is raised here again."""
        return self.pool.submit(task, *args).result()

    def _execute(self, headers, task, *args):
        try:
            task(*args)
        except Exception as error:
            self.tracer.record_exception(self.service, headers, error)

    def drain(self):
        self.pool.submit(lambda: None).result()
