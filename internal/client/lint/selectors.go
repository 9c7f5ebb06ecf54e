package lint

import (
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/apirules"
	"crier.dev/crier/internal/client/manifest"
)

// exclusion looks whether there is what an audience leaves out.
func (l *linter) exclusion(o *manifest.Object, field, namespace string, exclude *crier.AudienceExclusion) {
	if exclude == nil {
		return
	}
	for i, ref := range exclude.SubscriberSets {
		l.refer(o, fmt.Sprintf("%s.subscriberSets[%d].name", field, i), "SubscriberSet", ref.Name, namespace, &l.world.Sets)
	}
	if !exclude.Optional {
		l.selector(o, field+".selector", namespace, exclude.Selector,
			"so of these it leaves out nobody. If there is none elsewhere either, nothing is sent: label the sets that are meant, or write optional: true if there may be none")
	}
}

// selector looks whether a selector selects a set. It may be declared elsewhere,
// unless its neighbours are here.
func (l *linter) selector(o *manifest.Object, field, namespace string, by *metav1.LabelSelector, remedy string) {
	if by == nil || len(l.world.Sets.Names(namespace)) == 0 || len(l.world.Choose(namespace, nil, by)) > 0 {
		return
	}
	if _, err := metav1.LabelSelectorAsSelector(by); err != nil {
		return // another rule says so
	}
	message := fmt.Sprintf("no SubscriberSet among the files is selected by %s, %s", metav1.FormatLabelSelector(by), remedy)
	for _, label := range slices.Sorted(maps.Keys(by.MatchLabels)) {
		if best := apirules.Nearest(by.MatchLabels[label], l.world.LabelValues(namespace, label)); best != "" && best != by.MatchLabels[label] {
			message += fmt.Sprintf("; did you mean %s=%s?", label, best)
		}
	}
	l.at(o, Warning, RuleReference, field, message)
}
