package audience

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// maxSelector is how much of a selector a message for people shows, in octets.
const maxSelector = 200

// SelectsNothing says that the selector of a field selects no set, and what to
// do. An exclusion would leave out nobody.
func SelectsNothing(field string, by *metav1.LabelSelector, excludes bool) string {
	words := metav1.FormatLabelSelector(by)
	if len(words) > maxSelector {
		words = words[:maxSelector] + "..."
	}
	text := fmt.Sprintf("%s (%s) selects no SubscriberSet", field, words)
	if excludes {
		return text + ", so it would leave out nobody. Label the sets that are meant, correct the selector, or add optional: true beside it if there may be none."
	}
	return text + ". Label the sets that are meant, or correct the selector."
}
