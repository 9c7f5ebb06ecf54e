package kubelet

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestContainerAsItsTemplateSays(t *testing.T) {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "p-1", UID: "u-1", Namespace: "n"},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Args:         []string{"sender", "--journal", "/journal", "--pass", "1"},
			VolumeMounts: []corev1.VolumeMount{{MountPath: "/journal"}},
			Env: []corev1.EnvVar{
				{Name: "GOMEMLIMIT", Value: "60MiB"},
				{Name: "POD_UID", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.uid"}}},
			},
		}}},
	}
	if got := arguments(pod, "/tmp/x"); !slices.Equal(got, []string{"sender", "--journal", "/tmp/x", "--pass", "1"}) {
		t.Errorf("arguments %q", got)
	}
	got := environment(pod, "/kc")
	for _, want := range []string{"KUBECONFIG=/kc", "GOMEMLIMIT=60MiB", "POD_UID=u-1"} {
		if !slices.Contains(got, want) {
			t.Errorf("environment %q lacks %s", got, want)
		}
	}
}
