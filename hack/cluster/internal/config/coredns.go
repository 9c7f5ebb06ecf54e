package config

import (
	"strconv"

	"crier.dev/crier/hack/cluster/internal/layout"
)

// CoreDNS gives the manifests of the name server that runs from image. It asks no other
// server: a name outside the cluster does not exist.
func CoreDNS(image string) string {
	return fill(corednsManifests, "{image}", image, "{port}", strconv.Itoa(layout.DNSPort),
		"{domain}", layout.Domain, "{address}", layout.DNSService)
}

const corednsManifests = `apiVersion: v1
kind: ServiceAccount
metadata: {name: coredns, namespace: kube-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "system:coredns"}
rules:
- {apiGroups: [""], resources: [services, pods, namespaces], verbs: [list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "system:coredns"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:coredns"}
subjects:
- {kind: ServiceAccount, name: coredns, namespace: kube-system}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
    {domain}:{port} in-addr.arpa:{port} ip6.arpa:{port} {
        errors
        health :8080
        ready :8181
        kubernetes {domain} in-addr.arpa ip6.arpa {
            pods insecure
            ttl 5
        }
    }
    .:{port} {
        errors
        template ANY ANY {
            rcode NXDOMAIN
        }
    }
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system}
spec:
  replicas: 1
  selector: {matchLabels: {k8s-app: kube-dns}}
  template:
    metadata: {labels: {k8s-app: kube-dns}}
    spec:
      serviceAccountName: coredns
      priorityClassName: system-cluster-critical
      dnsPolicy: Default
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        seccompProfile: {type: RuntimeDefault}
      containers:
      - name: coredns
        image: {image}
        imagePullPolicy: Never
        args: [-conf, /etc/coredns/Corefile]
        ports:
        - {name: dns, containerPort: {port}, protocol: UDP}
        - {name: dns-tcp, containerPort: {port}, protocol: TCP}
        readinessProbe: {httpGet: {path: /ready, port: 8181}, periodSeconds: 1}
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities: {drop: [ALL]}
        volumeMounts:
        - {name: config, mountPath: /etc/coredns, readOnly: true}
      volumes:
      - {name: config, configMap: {name: coredns}}
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec:
  clusterIP: {address}
  selector: {k8s-app: kube-dns}
  ports:
  - {name: dns, port: 53, targetPort: {port}, protocol: UDP}
  - {name: dns-tcp, port: 53, targetPort: {port}, protocol: TCP}
`
