package broadcast

import (
	"k8s.io/apimachinery/pkg/api/meta"

	crier "crier.dev/crier/api/v1alpha1"
)

// milestones are the reasons for work under way that people want to find in
// the story of a Broadcast. Everything that ends it, or needs a person, is
// announced for every kind of object alike.
var milestones = map[string]string{
	crier.ReasonSending:      "Send",
	crier.ReasonRetrying:     "Retry",
	crier.ReasonRelayTrouble: "Retry",
	crier.ReasonListNotFound: "Wait",
	crier.ReasonRelayBusy:    "Wait",
	crier.ReasonDailyLimit:   "Wait",
}

// announce makes events of the milestones that it has reached, after
// they were written into the status.
func (s *scope) announce() {
	after, before := s.broadcast.Status, s.previous
	is := meta.FindStatusCondition(after.Conditions, crier.ConditionReconciling)
	was := meta.FindStatusCondition(before.Conditions, crier.ConditionReconciling)
	if is != nil && milestones[is.Reason] != "" && (was == nil || was.Reason != is.Reason) {
		s.Recorder.Eventf(s.broadcast, nil, "Normal", is.Reason, milestones[is.Reason], "%s", is.Message)
	}
	if reported := meta.FindStatusCondition(after.Conditions, crier.ConditionReported); reported != nil {
		was := meta.FindStatusCondition(before.Conditions, crier.ConditionReported)
		if reported.Reason != crier.ReasonReportPending && (was == nil || was.Reason != reported.Reason) {
			s.Recorder.Eventf(s.broadcast, nil, severity(reported.Reason), reported.Reason, "Report", "%s", reported.Message)
		}
	}
}

func severity(reason string) string {
	if reason == crier.ReasonReportSent {
		return "Normal"
	}
	return "Warning"
}
