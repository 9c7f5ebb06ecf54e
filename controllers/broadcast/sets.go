package broadcast

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/controllers/mailinglist"
	"crier.dev/crier/controllers/subscriberset"
	"crier.dev/crier/internal/filter"
	"crier.dev/crier/internal/kstatus"
)

// reach is whom one list reaches, as it is declared.
type reach struct {
	list    *crier.MailingList
	sets    []crier.SubscriberSet
	exclude []crier.SubscriberSet
	filters []*filter.Filter
}

// findSets finds the sets of the audience, and waits until each of them has
// been read: a part of an audience must never be taken for the whole, and
// whoever is excluded must be known.
func (s *scope) findSets(ctx context.Context) (*kstatus.Verdict, error) {
	var missing []string
	for _, list := range s.lists {
		sets, none, err := mailinglist.Sets(ctx, s.Reader, list)
		if err != nil {
			return nil, err
		}
		r := reach{list: list, sets: sets}
		missing = append(missing, none...)
		for _, from := range s.exclusions(list) {
			out, none, err := mailinglist.Excluded(ctx, s.Reader, list.Namespace, from)
			if err != nil {
				return nil, err
			}
			r.exclude = append(r.exclude, out...)
			missing = append(missing, none...)
		}
		s.reaches = append(s.reaches, r)
		s.sets = with(s.sets, sets)
	}
	if len(missing) > 0 {
		return verdict(kstatus.IsReconciling(crier.ReasonSubscribersNotReady,
			"There is no SubscriberSet %s yet. Nothing is sent until there is.", strings.Join(missing, ", ")).After(whileWaiting))
	}
	if n := opened(s.reaches); n > maxOpened {
		return verdict(kstatus.IsReconciling(crier.ReasonSubscribersNotReady,
			"The audience is made of %d SubscriberSets, counted for each list; one message may have %d. Put sets together with source.union.", n, maxOpened).After(whileWaiting))
	}
	for _, set := range s.allSets() {
		if problem := setProblem(&set); problem != "" {
			return verdict(kstatus.IsReconciling(crier.ReasonSubscribersNotReady,
				"SubscriberSet %s %s. Nothing is sent until it is ready.", set.Name, problem).After(whileWaiting))
		}
		if ok, err := subscriberset.Follows(ctx, s.Reader, &set); err != nil || !ok {
			v := kstatus.IsReconciling(crier.ReasonSubscribersNotReady,
				"SubscriberSet %s is a union of sets that have just changed and is being read. Nothing is sent until it is ready.", set.Name).After(whileSoon)
			return &v, err
		}
	}
	return s.settle(), nil
}

// maxOpened is how many rosters are read side by side, each with a part of some
// 300 KiB in memory: a selector could find thousands.
const maxOpened = 400

// opened is how many rosters are read for an audience.
func opened(reaches []reach) (n int) {
	for _, r := range reaches {
		n += len(r.sets) + len(r.exclude)
	}
	return n
}

// exclusions are those of a list, and of the Broadcast.
func (s *scope) exclusions(list *crier.MailingList) []*crier.AudienceExclusion {
	from := []*crier.AudienceExclusion{list.Spec.Audience.Exclude}
	if own := s.broadcast.Spec.Audience; own != nil {
		from = append(from, own.Exclude)
	}
	return from
}

// allSets are those that somebody is sent to or left out for, each once.
func (s *scope) allSets() []crier.SubscriberSet {
	all := s.sets
	for i := range s.reaches {
		all = with(all, s.reaches[i].exclude)
	}
	return all
}

// with adds the sets that aren't there yet.
func with(sets, more []crier.SubscriberSet) []crier.SubscriberSet {
	known := map[string]bool{}
	for i := range sets {
		known[sets[i].Name] = true
	}
	out := sets[:len(sets):len(sets)]
	for i := range more {
		if !known[more[i].Name] {
			known[more[i].Name] = true
			out = append(out, more[i])
		}
	}
	return out
}

func setProblem(set *crier.SubscriberSet) string {
	if set.Status.ObservedGeneration != set.Generation {
		return "has just changed and is being read"
	}
	ready := meta.FindStatusCondition(set.Status.Conditions, crier.ConditionReady)
	if ready == nil || ready.Status != "True" {
		if ready != nil {
			return fmt.Sprintf("is not ready: %s", strings.TrimRight(ready.Message, "."))
		}
		return "is not ready"
	}
	if set.Status.Roster == nil || set.Status.Roster.Generation != set.Generation {
		return "has no roster of its present generation"
	}
	return ""
}

// subscribers is the size of the sets together.
func (s *scope) subscribers() int64 {
	var n int64
	for i := range s.sets {
		n += s.sets[i].Status.Subscribers
	}
	return n
}
