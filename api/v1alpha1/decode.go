package v1alpha1

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/json"
)

// maxUndecoded is how many fields are named.
const maxUndecoded = 3

// decode reads an object of one of the kinds into plain, which has no
// UnmarshalJSON of its own. An older CustomResourceDefinition may have let in
// what can't be read; to fail on it would be to fail on every list that it is
// in, and so on all objects of its kind. So it is read without that part, is
// never Ready, and says in undecoded what is wrong.
func decode(data []byte, plain any, undecoded *string, conditions *[]metav1.Condition) error {
	*undecoded = ""
	if json.Unmarshal(data, plain) == nil {
		return nil
	}
	problems, err := salvage(data, plain)
	if err != nil || len(problems) == 0 {
		return err
	}
	if more := len(problems) - maxUndecoded; more > 0 {
		problems = append(problems[:maxUndecoded], fmt.Sprintf("%d more", more))
	}
	*undecoded = strings.Join(problems, "; ")
	if conditions != nil && meta.IsStatusConditionTrue(*conditions, ConditionReady) {
		meta.RemoveStatusCondition(conditions, ConditionReady)
	}
	return nil
}

// UnmarshalJSON implements json.Unmarshaler. It fails for no field of the
// object, see Undecoded.
func (b *Broadcast) UnmarshalJSON(data []byte) error {
	type plain Broadcast
	return decode(data, (*plain)(b), &b.undecoded, &b.Status.Conditions)
}

// Undecoded says which fields can't be read, and what each must be, without
// their values; "" if there are none. Nothing may be decided by what such an
// object lacks, and it must not be written back. Status is never among them:
// what can't be read of it is as if it weren't there.
func (b *Broadcast) Undecoded() string { return b.undecoded }

// UnmarshalJSON implements json.Unmarshaler. It fails for no field of the
// object, see Undecoded.
func (l *MailingList) UnmarshalJSON(data []byte) error {
	type plain MailingList
	return decode(data, (*plain)(l), &l.undecoded, &l.Status.Conditions)
}

// Undecoded says which fields can't be read, and what each must be, without
// their values; "" if there are none. Nothing may be decided by what such an
// object lacks, and it must not be written back. Status is never among them:
// what can't be read of it is as if it weren't there.
func (l *MailingList) Undecoded() string { return l.undecoded }

// UnmarshalJSON implements json.Unmarshaler. It fails for no field of the
// object, see Undecoded.
func (t *MessageTemplate) UnmarshalJSON(data []byte) error {
	type plain MessageTemplate
	return decode(data, (*plain)(t), &t.undecoded, &t.Status.Conditions)
}

// Undecoded says which fields can't be read, and what each must be, without
// their values; "" if there are none. Nothing may be decided by what such an
// object lacks, and it must not be written back. Status is never among them:
// what can't be read of it is as if it weren't there.
func (t *MessageTemplate) Undecoded() string { return t.undecoded }

// UnmarshalJSON implements json.Unmarshaler. It fails for no field of the
// object, see Undecoded.
func (r *Relay) UnmarshalJSON(data []byte) error {
	type plain Relay
	return decode(data, (*plain)(r), &r.undecoded, &r.Status.Conditions)
}

// Undecoded says which fields can't be read, and what each must be, without
// their values; "" if there are none. Nothing may be decided by what such an
// object lacks, and it must not be written back. Status is never among them:
// what can't be read of it is as if it weren't there.
func (r *Relay) Undecoded() string { return r.undecoded }

// UnmarshalJSON implements json.Unmarshaler. It fails for no field of the
// object, see Undecoded.
func (s *SubscriberSet) UnmarshalJSON(data []byte) error {
	type plain SubscriberSet
	return decode(data, (*plain)(s), &s.undecoded, &s.Status.Conditions)
}

// Undecoded says which fields can't be read, and what each must be, without
// their values; "" if there are none. Nothing may be decided by what such an
// object lacks, and it must not be written back. Status is never among them:
// what can't be read of it is as if it weren't there.
func (s *SubscriberSet) Undecoded() string { return s.undecoded }

// UnmarshalJSON implements json.Unmarshaler. It fails for no field of the
// object, see Undecoded.
func (s *Suppression) UnmarshalJSON(data []byte) error {
	type plain Suppression
	return decode(data, (*plain)(s), &s.undecoded, &s.Status.Conditions)
}

// Undecoded says which fields can't be read, and what each must be, without
// their values; "" if there are none. Nothing may be decided by what such an
// object lacks, and it must not be written back. Status is never among them:
// what can't be read of it is as if it weren't there.
func (s *Suppression) Undecoded() string { return s.undecoded }

// UnmarshalJSON implements json.Unmarshaler. It fails for no field of the
// object, see Undecoded.
func (r *DeliveryRecord) UnmarshalJSON(data []byte) error {
	type plain DeliveryRecord
	return decode(data, (*plain)(r), &r.undecoded, nil)
}

// Undecoded says which fields can't be read, and what each must be, without
// their values; "" if there are none. Nothing may be decided by what such an
// object lacks, and it must not be written back. Status is never among them:
// what can't be read of it is as if it weren't there.
func (r *DeliveryRecord) Undecoded() string { return r.undecoded }

// UnmarshalJSON implements json.Unmarshaler. It fails for no field of the
// object, see Undecoded.
func (s *DeliveryShard) UnmarshalJSON(data []byte) error {
	type plain DeliveryShard
	if err := decode(data, (*plain)(s), &s.undecoded, nil); err != nil {
		return err
	}
	s.unpack()
	return nil
}

// Undecoded says which fields can't be read, and what each must be, without
// their values; "" if there are none. Nothing may be decided by what such an
// object lacks, and it must not be written back. Status is never among them:
// what can't be read of it is as if it weren't there.
func (s *DeliveryShard) Undecoded() string { return s.undecoded }
