// Package v1alpha1 holds the API of Crier, a list server that lives in
// Kubernetes: what users declare (MailingList, SubscriberSet, Broadcast,
// MessageTemplate, Relay, Suppression) and what Crier keeps for itself
// (DeliveryRecord, DeliveryShard).
//
// +kubebuilder:object:generate=true
// +groupName=crier.dev
// +kubebuilder:ac:generate=true
// +kubebuilder:ac:output:package=../applyconfiguration
package v1alpha1
