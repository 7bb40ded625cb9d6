// Decides how the next long poll of this tab asks for frames. Over HTTP/1.1 a browser opens six connections to a host, so
// at most two polls of all its tabs wait at a time, arbitrated by Web Locks. Resolves to the function that releases the
// lock, or after a pause to null: then the poll takes the frames that are ready. Without Web Locks, on pages without TLS,
// each visible tab waits.
self.deskbellPollTurn = async () => {
  const acquire = (name) =>
    new Promise((resolve) => {
      navigator.locks
        .request(name, { ifAvailable: true }, (lock) => lock && new Promise((release) => resolve(release)))
        .then(() => resolve(null), () => resolve(null));
    });
  if (!document.hidden) {
    if (!navigator.locks) return () => {};
    for (const name of ["deskbell-poll-1", "deskbell-poll-2"]) {
      const release = await acquire(name);
      if (release) return release;
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 3000));
  return null;
};
