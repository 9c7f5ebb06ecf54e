package lifecycle

import crier "crier.dev/crier/api/v1alpha1"

// HeldRestore says whether a Broadcast was brought back by a restore of a backup
// that nobody has released since, and by which. The label stays for ever, so the
// release names the restore: the next one is held again.
func HeldRestore(b *crier.Broadcast) (restore string, held bool) {
	restore, held = b.Labels[crier.LabelRestored]
	return restore, held && b.Annotations[crier.AnnotationReleaseRestored] != restore
}

// HeldRestoreOf is HeldRestore of a report or a test copy, whose record was
// restored; broadcast is nil for none. What is sent of a Broadcast itself is
// known by its object.
func HeldRestoreOf(record *crier.DeliveryRecord, broadcast *crier.Broadcast) (restore string, held bool) {
	restore, held = record.Labels[crier.LabelRestored]
	if !held || record.Spec.Purpose == crier.RecordBroadcast {
		return "", false
	}
	return restore, broadcast == nil || broadcast.Annotations[crier.AnnotationReleaseRestored] != restore
}

// Sends says whether what a Broadcast turns out to be leads to mail by itself.
func (i Identity) Sends() bool { return i == Unseen || i == Renewed || i == NewRun }
