package broadcast

import (
	"sort"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/words"
)

// selectionCalm is how long a selection must not have changed: whoever
// applies a folder applies its sets one after the other.
const selectionCalm = 30 * time.Second

// selections remembers since when a Broadcast's selection is what it is. A
// manager that restarts waits once more, which does no harm.
type selections struct {
	mu    sync.Mutex
	known map[types.UID]selection
}

type selection struct {
	sets  string
	since time.Time
}

// since returns when that selection of sets was first seen.
func (s *selections) since(broadcast types.UID, sets string, now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[types.UID]selection{}
	}
	if known, ok := s.known[broadcast]; ok && known.sets == sets {
		return known.since
	}
	s.known[broadcast] = selection{sets: sets, since: now}
	return now
}

// forget drops what is no longer asked for.
func (s *selections) forget(broadcast types.UID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, broadcast)
}

// awaitCalm waits until a selection by label has not changed for a while.
func (s *scope) awaitCalm() *reconcile.Verdict {
	if !s.selects() {
		return nil
	}
	all := s.allSets()
	since := s.selections.since(s.broadcast.UID, namesOf(all), s.now)
	left := selectionCalm - s.now.Sub(since)
	if left <= 0 {
		return nil
	}
	v := reconcile.IsReconciling(crier.ReasonAudienceSettling,
		"The list's selector selects %s; waiting 30 seconds for more.", words.Count(len(all), "set")).After(left)
	return &v
}

// selects says whether any sets are selected by label.
func (s *scope) selects() bool {
	for _, list := range s.lists {
		if list.Spec.Audience.Selector != nil {
			return true
		}
		for _, from := range s.exclusions(list) {
			if from != nil && from.Selector != nil {
				return true
			}
		}
	}
	return false
}

func namesOf(sets []crier.SubscriberSet) string {
	names := make([]string, 0, len(sets))
	for i := range sets {
		names = append(names, sets[i].Name)
	}
	sort.Strings(names)
	return strings.Join(names, ",")
}
