package v1alpha1

import "k8s.io/apimachinery/pkg/types"

// Object is the kind of object that is read, ConfigMap or Secret, and which of
// its keys; nil if none is named.
func (o CSVObject) Object() (kind string, keys *CSVKeys) {
	if o.Secret != nil {
		return "Secret", o.Secret
	}
	return "ConfigMap", o.ConfigMap
}

// Object is the kind of object that holds the file, ConfigMap or Secret, and
// its key there; nil if none is named.
func (a ContentAttachment) Object() (kind string, key *ObjectKey) {
	if a.Secret != nil {
		return "Secret", a.Secret
	}
	return "ConfigMap", a.ConfigMap
}

// RelayKey is where the Relay of the list is.
func (l *MailingList) RelayKey() types.NamespacedName {
	key := types.NamespacedName{Namespace: l.Spec.RelayRef.Namespace, Name: l.Spec.RelayRef.Name}
	if key.Namespace == "" {
		key.Namespace = l.Namespace
	}
	return key
}

// SizeLimit is the size of the largest message that the Relay takes, in
// octets: the smaller of what its spec and its server say; 0 when nobody said.
func (r *Relay) SizeLimit() int64 {
	limit := r.Status.MaxMessageBytes
	if own := r.Spec.Limits.MaxMessageBytes; own != nil && (limit == 0 || *own < limit) {
		limit = *own
	}
	return limit
}
