package subscriberset

import (
	"fmt"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/words"
)

// implausible says why a sync is held back; empty if it isn't. A source that
// is somewhere else and suddenly gives nobody is held without any guard.
func implausible(guard *crier.SubscriberGuard, remote bool, d roster.Difference) string {
	if d.Before == 0 {
		return "" // the first people of a set
	}
	var shrink, grow *int32
	if guard != nil {
		shrink, grow = guard.MaxShrinkPercent, guard.MaxGrowPercent
	}
	switch {
	case d.After == 0 && (shrink != nil || remote):
		return "nobody would be left"
	case shrink != nil && d.Removed*100 > int64(*shrink)*d.Before:
		return fmt.Sprintf("maxShrinkPercent is %d", *shrink)
	case grow != nil && d.Added*100 > int64(*grow)*d.Before:
		return fmt.Sprintf("maxGrowPercent is %d", *grow)
	}
	return ""
}

// heldMessage says what is held, why, and how to let it through.
func (s *scope) heldMessage() string {
	held := s.set.Status.Held
	d := roster.Difference{
		Before: held.Subscribers - held.Added + held.Removed, After: held.Subscribers, Added: held.Added, Removed: held.Removed,
	}
	why := implausible(s.set.Spec.Guard, s.remote(), d)
	if why == "" {
		why = "the guard has changed since"
	}
	value := held.Digest
	if sync := s.set.Status.Sync; sync != nil && gather.Named(sync.Accepted) == held.Digest {
		value += "@" + held.Since.UTC().Format("20060102T150405Z") // once more
	}
	until := "The roster in use stays in use."
	if r := s.set.Status.Roster; r == nil || r.Generation != s.set.Generation {
		until = "The previous roster came from another source, so Broadcasts wait."
	}
	return fmt.Sprintf("A sync is held that would add %s and remove %s of %s (%s). %s If it is right, accept it: kubectl annotate subscriberset %s -n %s %s=%s --overwrite",
		words.Number(d.Added), words.Number(d.Removed), words.Count(d.Before, "subscriber"), why, until,
		s.set.Name, s.set.Namespace, crier.AnnotationAcceptSync, value)
}
