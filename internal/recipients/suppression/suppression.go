// Package suppression decides who is not written to: which suppressions are
// about which mail, what their rows mean, and whose key is among them. It takes
// values and returns values; others read and write.
package suppression

import (
	"fmt"
	"slices"

	crier "crier.dev/crier/api/v1alpha1"
)

// Mail is what is about to be sent.
type Mail struct {
	// Namespace of the Broadcast and of its lists.
	Namespace string
	// Lists by name, in the order of the Broadcast.
	Lists []string
	// Relay that it leaves through; both fields are given.
	Relay crier.NamespacedReference
	// Purpose of the lists: they all have the same.
	Purpose crier.Purpose
}

// Allowed says whether an object of that namespace may have that scope. Global
// is for the people who run Crier.
func Allowed(scope crier.SuppressionScope, namespace, operatorNamespace string) bool {
	return scope.Kind != crier.ScopeGlobal || namespace == operatorNamespace
}

// Permit says why an object of that namespace may not have that scope; nil if
// it may.
func Permit(scope crier.SuppressionScope, namespace, operatorNamespace string) *Unusable {
	if Allowed(scope, namespace, operatorNamespace) {
		return nil
	}
	return &Unusable{Reason: crier.ReasonScopeNotAllowed, Message: fmt.Sprintf(
		"Scope Global only counts in namespace %s, so this suppresses nobody. Use scope Namespace, List or Relay, or ask the platform team.",
		operatorNamespace)}
}

// Applies says whether a Suppression of that scope and namespace is about the
// mail. One of a list is, if the mail is for that list among others: whom it
// keeps from it may get it by another list.
func Applies(scope crier.SuppressionScope, namespace, operatorNamespace string, m Mail) bool {
	switch scope.Kind {
	case crier.ScopeList:
		return namespace == m.Namespace && slices.Contains(m.Lists, scope.Name)
	case crier.ScopeNamespace:
		return namespace == m.Namespace
	case crier.ScopeRelay:
		return namespace == m.Relay.Namespace && scope.Name == m.Relay.Name
	case crier.ScopeGlobal:
		return namespace == operatorNamespace
	}
	return false
}

// Binds says whether a reason keeps mail of that purpose from somebody. Mail
// that nobody can leave goes to those as well who left, or complained.
func Binds(reason crier.SuppressionReason, purpose crier.Purpose) bool {
	switch reason {
	case crier.SuppressedUnsubscribed, crier.SuppressedComplaint:
		return purpose != crier.PurposeMandatory
	}
	return true
}

// Reasons are all reasons. Of several that somebody is suppressed for, the
// first of them is told.
var Reasons = []crier.SuppressionReason{
	crier.SuppressedLegal, crier.SuppressedComplaint, crier.SuppressedUnsubscribed,
	crier.SuppressedHardBounce, crier.SuppressedManual,
}
