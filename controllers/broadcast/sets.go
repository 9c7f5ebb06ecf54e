package broadcast

import (
	"context"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/recipients/audience"
	"crier.dev/crier/internal/recipients/filter"
	"crier.dev/crier/internal/words"
)

// reach is whom one list reaches, as it is declared.
type reach struct {
	list    *crier.MailingList
	sets    []crier.SubscriberSet
	exclude []crier.SubscriberSet
	filters []*filter.Filter
	// narrow and narrowing are what the Broadcast leaves out besides.
	narrow    []crier.SubscriberSet
	narrowing []*filter.Filter
}

// findSets finds the sets of the audience, and waits until each of them has
// been read: a part of an audience must never be taken for the whole, and
// whoever is excluded must be known.
func (s *scope) findSets(ctx context.Context) (*reconcile.Verdict, error) {
	lacks, err := s.choose(ctx)
	if err != nil {
		return nil, err
	}
	if v := s.incomplete(lacks); v != nil {
		return v, nil
	}
	for _, set := range s.allSets() {
		if v, err := s.unread(ctx, &set); v != nil || err != nil {
			return v, err
		}
	}
	return s.awaitCalm(), nil
}

// lack is what an audience lacks of what is declared.
type lack struct {
	missing []string // names of sets
	nothing []string // what selectors that select no set keep from being sent
}

func (l *lack) of(found gather.Selection, field string, by *metav1.LabelSelector, excludes bool) {
	l.missing = append(l.missing, found.Missing...)
	if found.Nothing {
		l.nothing = append(l.nothing, audience.SelectsNothing(field, by, excludes))
	}
}

// choose finds the sets of each list.
func (s *scope) choose(ctx context.Context) (l lack, err error) {
	var narrow gather.Selection
	if own := s.broadcast.Spec.Audience; own != nil && own.Exclude != nil {
		if narrow, err = gather.Excluded(ctx, s.Reader, s.broadcast.Namespace, own.Exclude); err != nil {
			return l, err
		}
		l.of(narrow, "spec.audience.exclude.selector", own.Exclude.Selector, true)
	}
	for _, list := range s.lists {
		declared := list.Spec.Audience
		found, err := gather.Sets(ctx, s.Reader, list)
		if err != nil {
			return l, err
		}
		l.of(found, "audience.selector of MailingList "+list.Name, declared.Selector, false)
		r := reach{list: list, sets: found.Sets, narrow: narrow.Sets}
		if declared.Exclude != nil {
			out, err := gather.Excluded(ctx, s.Reader, list.Namespace, declared.Exclude)
			if err != nil {
				return l, err
			}
			l.of(out, "audience.exclude.selector of MailingList "+list.Name, declared.Exclude.Selector, true)
			r.exclude = out.Sets
		}
		s.reaches = append(s.reaches, r)
		s.sets = with(s.sets, found.Sets)
	}
	return l, nil
}

// incomplete waits for what an audience lacks.
func (s *scope) incomplete(l lack) *reconcile.Verdict {
	var v reconcile.Verdict
	switch n := opened(s.reaches); {
	case len(l.missing) > 0:
		v = reconcile.IsReconciling(crier.ReasonSubscribersNotReady,
			"There is no %s yet. Sending waits until there is.", words.Named("SubscriberSet", l.missing))
	case len(l.nothing) > 0 && len(s.sets) > 0: // else there is nobody at all
		v = reconcile.IsReconciling(crier.ReasonSubscribersNotReady,
			"%s Sending waits until then.", strings.Join(l.nothing, " "))
	case n > maxOpened:
		v = reconcile.IsReconciling(crier.ReasonSubscribersNotReady,
			"The audience has %s, including excluded ones; the limit is %s. Combine sets with source.union.",
			words.Count(n, "SubscriberSet"), words.Number(maxOpened))
	default:
		return nil
	}
	v = v.After(whileWaiting)
	return &v
}

// unread waits for a set that isn't ready, or has changed since it was read.
func (s *scope) unread(ctx context.Context, set *crier.SubscriberSet) (*reconcile.Verdict, error) {
	if problem := audience.NotReady(set); problem != "" {
		return verdict(reconcile.IsReconciling(crier.ReasonSubscribersNotReady,
			"SubscriberSet %s %s. Sending waits until it is ready.", set.Name, problem).After(whileWaiting))
	}
	follows, err := gather.Follows(ctx, s.Reader, set)
	if follows || err != nil {
		return nil, err
	}
	what := "is read from something that has just changed"
	if set.Spec.Source.Union != nil {
		what = "is a union of sets that have just changed"
	}
	return s.behind(crier.ReasonSubscribersNotReady, "SubscriberSet "+set.Name+" "+what, gather.ReadAt(set)), nil
}

// maxOpened is how many rosters are read side by side, each with a part of some
// 300 KiB in memory: a selector could find thousands.
const maxOpened = 400

// opened is how many rosters are read for an audience: each once, however many
// lists have it.
func opened(reaches []reach) int {
	names := map[string]bool{}
	for _, r := range reaches {
		for _, sets := range [][]crier.SubscriberSet{r.sets, r.exclude, r.narrow} {
			for i := range sets {
				names[sets[i].Name] = true
			}
		}
	}
	return len(names)
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
		all = with(with(all, s.reaches[i].exclude), s.reaches[i].narrow)
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

// subscribers is the size of the sets together.
func (s *scope) subscribers() int64 {
	var n int64
	for i := range s.sets {
		n += s.sets[i].Status.Subscribers
	}
	return n
}
