package mailinglist

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/reconcile"
	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/writing/draft"
	"crier.dev/crier/internal/writing/unsubscribe"
)

// validate finds what the API server's rules can't. The messages name
// fields, not addresses.
func validate(spec crier.MailingListSpec) *reconcile.Verdict {
	for _, f := range addresses(spec) {
		if _, err := address.Parse(f.value); err != nil {
			return stalled(crier.ReasonInvalidAddress, "%s is not a valid email address: %s.", f.path, err)
		}
	}
	if spec.Audience.Selector != nil {
		if _, err := metav1.LabelSelectorAsSelector(spec.Audience.Selector); err != nil {
			return stalled(crier.ReasonInvalidSelector, "audience.selector is not valid: %s.", err)
		}
	}
	if exclude := spec.Audience.Exclude; exclude != nil && exclude.Selector != nil {
		if _, err := metav1.LabelSelectorAsSelector(exclude.Selector); err != nil {
			return stalled(crier.ReasonInvalidSelector, "audience.exclude.selector is not valid: %s.", err)
		}
	}
	if v := leaving(spec); v != nil {
		return v
	}
	for _, text := range draft.PlainOfList(spec) {
		if text.Personal() {
			return stalled(crier.ReasonInvalidText, "%s is the same for everybody, so its fields would be sent as they are, with braces: remove them.", text.Field)
		}
	}
	own, err := address.Parse(string(spec.Address))
	if err != nil {
		return stalled(crier.ReasonInvalidAddress, "address is not a valid email address: %s.", err)
	}
	if a, err := address.Parse(spec.From.Address); err == nil && a.Key == own.Key {
		return stalled(crier.ReasonInvalidAddress, "from.address is the list's own address: replies and out-of-office notes of every recipient would go to the list.")
	}
	return reported(spec, own)
}

// reported makes sure that reports go to people, and not to the list itself.
func reported(spec crier.MailingListSpec, own address.Address) *reconcile.Verdict {
	for i, to := range spec.Report.To {
		if a, err := address.Parse(string(to)); err == nil && a.Key == own.Key {
			return stalled(crier.ReasonInvalidReportTo, "report.to[%d] is the list's own address: send reports to a person instead.", i)
		}
	}
	if len(spec.Report.To) == 0 && len(spec.Owners) > 0 {
		if a, err := address.Parse(string(spec.Owners[0])); err == nil && a.Key == own.Key {
			return stalled(crier.ReasonInvalidReportTo, "owners[0] is the list's own address and would get the reports: name a person, or set report.to.")
		}
	}
	return nil
}

// leaving makes sure that people can leave a list that they subscribed to,
// and know who sends.
func leaving(spec crier.MailingListSpec) *reconcile.Verdict {
	if spec.Purpose != crier.PurposeSubscribed {
		return nil
	}
	if spec.Unsubscribe == nil || spec.Unsubscribe.URL == "" && spec.Unsubscribe.Mailto == "" {
		return stalled(crier.ReasonUnsubscribeMissing, "A list of purpose Subscribed needs a way to leave it: set unsubscribe.url or unsubscribe.mailto.")
	}
	if url := spec.Unsubscribe.URL; url != "" {
		if _, err := unsubscribe.Parse(url); err != nil {
			return stalled(crier.ReasonInvalidUnsubscribe, "unsubscribe.url can't be used: %s.", err)
		}
	}
	if spec.PostalAddress == "" {
		return stalled(crier.ReasonUnsubscribeMissing, "A list of purpose Subscribed must say who sends: set postalAddress.")
	}
	return nil
}

func stalled(reason, format string, args ...any) *reconcile.Verdict {
	v := reconcile.IsStalled(reason, format, args...)
	return &v
}

type field struct{ path, value string }

func addresses(spec crier.MailingListSpec) []field {
	out := []field{{"address", string(spec.Address)}, {"from.address", spec.From.Address}}
	for i, a := range spec.Owners {
		out = append(out, field{fmt.Sprintf("owners[%d]", i), string(a)})
	}
	for i, m := range spec.ReplyTo {
		out = append(out, field{fmt.Sprintf("replyTo[%d].address", i), m.Address})
	}
	for i, a := range spec.Report.To {
		out = append(out, field{fmt.Sprintf("report.to[%d]", i), string(a)})
	}
	if spec.Unsubscribe != nil && spec.Unsubscribe.Mailto != "" {
		out = append(out, field{"unsubscribe.mailto", string(spec.Unsubscribe.Mailto)})
	}
	return out
}
