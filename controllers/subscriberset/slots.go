package subscriberset

import (
	"context"
	"sync"
)

// concurrent is how many sets are worked on at once, remoteReads how many of
// them may be read from a server: a read may take minutes, and each of a
// million subscribers takes some 60 MiB, of which a manager has 256.
const (
	concurrent  = 4
	remoteReads = 2
)

// slots bounds reads. Remote ones that find no room come again; those of the
// cluster are short and wait, one at a time.
type slots struct {
	mu     sync.Mutex
	remote int
	once   sync.Once
	local  chan struct{}
}

// takeRemote lets a remote read begin, and returns how its place is given
// back; nil if there is none.
func (s *slots) takeRemote() (give func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.remote >= remoteReads {
		return nil
	}
	s.remote++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.remote--
	}
}

// takeLocal waits for its turn; nil if ctx ends before.
func (s *slots) takeLocal(ctx context.Context) (give func()) {
	s.once.Do(func() { s.local = make(chan struct{}, 1) })
	select {
	case s.local <- struct{}{}:
		return func() { <-s.local }
	case <-ctx.Done():
		return nil
	}
}
