package v1alpha1

// Lists names the MailingLists of a Broadcast in their order, one or
// several.
func (s *BroadcastSpec) Lists() []LocalReference {
	if s.ListRef != nil {
		return []LocalReference{*s.ListRef}
	}
	return s.ListRefs
}
