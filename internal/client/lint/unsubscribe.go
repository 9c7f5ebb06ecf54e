package lint

import (
	"slices"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/writing/unsubscribe"
)

// wayToLeave looks at the fields in the address to leave a list at.
func (l *linter) wayToLeave(o *manifest.Object, list *crier.MailingList) {
	const field = "spec.unsubscribe.url"
	if list.Spec.Unsubscribe == nil || list.Spec.Unsubscribe.URL == "" || list.Spec.Purpose != crier.PurposeSubscribed {
		return
	}
	for _, p := range unsubscribe.Problems(list.Spec.Unsubscribe.URL, l.attributes(list)) {
		l.at(o, Error, RuleUnsubscribe, field, p.Message)
	}
}

// attributes are those of a list's subscribers; nil unless all are known.
func (l *linter) attributes(list *crier.MailingList) []string {
	audience := l.world.Audience(list)
	if !audience.Complete {
		return nil
	}
	names := []string{}
	for _, set := range audience.Sets {
		names = append(names, set.Status.Attributes...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
