package subscriberset

import (
	"context"
	"sync"
)

// concurrent is how many sets are worked on at once, remoteReads how many of
// them may be read from a server: a read may take minutes, and each of a
// million subscribers takes some 60 MiB, of which a manager has 256.
const (
	concurrent             = 4
	concurrentPerNamespace = 2
	remoteReads            = 2
)

// slots bounds reads. Remote ones that find no room come again; those of the
// cluster are short and wait, one at a time.
type slots struct {
	mu     sync.Mutex
	remote map[string]int // by namespace
	once   sync.Once
	local  chan struct{}
}

// takeRemote lets a remote read begin, and returns how its place is given
// back; nil if there is none. A namespace never has all places: its servers
// may be slow for an hour, and others' sets have to be read meanwhile.
func (s *slots) takeRemote(namespace string) (give func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := 0
	for _, n := range s.remote {
		all += n
	}
	if all >= remoteReads || s.remote[namespace] >= remoteReads-1 {
		return nil
	}
	if s.remote == nil {
		s.remote = map[string]int{}
	}
	s.remote[namespace]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.remote[namespace]--; s.remote[namespace] == 0 {
			delete(s.remote, namespace)
		}
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
