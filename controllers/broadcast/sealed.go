package broadcast

import (
	"fmt"
	"slices"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
)

// changedSinceSealed holds a Broadcast whose message would be another one than
// that which was sealed. The API server keeps its spec as it was, but nobody
// keeps what the spec refers to: who has looked at the sealed message would see
// another one sent. Records that were sealed without a hash go on.
func (s *scope) changedSinceSealed() *reconcile.Verdict {
	state := &s.record.State
	if state.Stage != crier.RecordSealed || state.MessageHash == "" || state.MessageHash == s.frozen.Hash {
		return nil
	}
	v := reconcile.IsStalled(crier.ReasonMessageChanged,
		"Nothing has been sent. The message was sealed as %s and would be %s now, because something that it refers to has changed (%s). "+
			"Undo that change, or delete this Broadcast and create it again to send the message as it is now.",
		state.MessageHash, s.frozen.Hash, s.refersTo()).After(whileWaiting)
	return &v
}

// maxRefers is how many objects a condition names.
const maxRefers = 8

// refersTo names what the words of the message come from besides the spec.
func (s *scope) refersTo() string {
	var names []string
	add := func(kind, name string) {
		if name = kind + " " + name; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if ref := s.broadcast.Spec.Content.TemplateRef; ref != nil && ref.Builtin != "" {
		add("built-in template", string(ref.Builtin))
	} else if ref != nil {
		add("MessageTemplate", ref.Name)
	}
	for _, a := range s.broadcast.Spec.Content.Attachments {
		switch {
		case a.ConfigMap != nil:
			add("ConfigMap", a.ConfigMap.Name)
		case a.Secret != nil:
			add("Secret", a.Secret.Name)
		}
	}
	for _, name := range s.listNames() {
		add("MailingList", name)
	}
	if more := len(names) - maxRefers; more > 0 {
		names = append(names[:maxRefers], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
