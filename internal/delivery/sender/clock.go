package sender

import "time"

// ahead is by how much the API server's clock is ahead of this node's, as far as the
// Store knows.
func (w *worker) ahead() time.Duration {
	if server, ok := w.store.(interface{ Ahead() time.Duration }); ok {
		return server.Ahead()
	}
	return 0
}

// now is the time by the API server's clock.
func (w *worker) now() time.Time { return time.Now().Add(w.ahead()) }

// slept is how long this machine may have stood still since the server's clock was
// so far ahead: all its own clocks stand still while a hypervisor pauses it.
func (w *worker) slept(ahead time.Duration) time.Duration { return max(0, w.ahead()-ahead) }
