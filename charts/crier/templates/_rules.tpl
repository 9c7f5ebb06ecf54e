{{- /* Written by hack/chartsync from config/rbac/role.yaml. */}}

{{- /* What the manager does on cluster-scoped objects. */}}
{{- define "crier.rules.cluster" -}}
- apiGroups:
  - ""
  resources:
  - namespaces
  verbs:
  - get
  - list
  - watch
- apiGroups:
  - apiextensions.k8s.io
  resourceNames:
  - deliveryrecords.crier.dev
  resources:
  - customresourcedefinitions
  verbs:
  - get
- apiGroups:
  - crier.dev
  resources:
  - deliveryrecords
  verbs:
  - create
  - delete
  - get
  - list
  - update
  - watch
{{- end }}

{{- /* What the manager does in the namespaces of users. */}}
{{- define "crier.rules.tenant" -}}
- apiGroups:
  - ""
  resources:
  - configmaps
  verbs:
  - create
  - delete
  - get
  - list
  - patch
  - watch
- apiGroups:
  - ""
  resources:
  - secrets
  verbs:
  - get
  - list
  - watch
- apiGroups:
  - crier.dev
  resources:
  - broadcasts
  - mailinglists
  - messagetemplates
  - relays
  - subscribersets
  - suppressions
  verbs:
  - get
  - list
  - watch
- apiGroups:
  - crier.dev
  resources:
  - broadcasts/status
  - mailinglists/status
  - messagetemplates/status
  - relays/status
  - subscribersets/status
  - suppressions/status
  verbs:
  - get
  - patch
- apiGroups:
  - events.k8s.io
  resources:
  - events
  verbs:
  - create
  - patch
{{- end }}

{{- /* What the manager does in the operator's own namespace. */}}
{{- define "crier.rules.operator" -}}
- apiGroups:
  - ""
  resources:
  - configmaps
  verbs:
  - get
- apiGroups:
  - ""
  resources:
  - pods
  verbs:
  - get
  - list
  - watch
- apiGroups:
  - ""
  resources:
  - secrets
  verbs:
  - create
  - delete
  - get
  - list
  - update
- apiGroups:
  - ""
  resources:
  - serviceaccounts
  verbs:
  - create
  - delete
- apiGroups:
  - batch
  resources:
  - jobs
  verbs:
  - create
  - delete
  - get
  - list
  - watch
- apiGroups:
  - coordination.k8s.io
  resources:
  - leases
  verbs:
  - create
- apiGroups:
  - coordination.k8s.io
  resourceNames:
  - crier-ledger
  resources:
  - leases
  verbs:
  - get
  - update
- apiGroups:
  - crier.dev
  resources:
  - deliveryshards
  verbs:
  - create
  - delete
  - get
  - list
  - update
- apiGroups:
  - crier.dev
  resources:
  - suppressions
  verbs:
  - get
  - list
  - watch
- apiGroups:
  - crier.dev
  resources:
  - suppressions/status
  verbs:
  - get
  - patch
- apiGroups:
  - events.k8s.io
  resources:
  - events
  verbs:
  - create
  - patch
- apiGroups:
  - rbac.authorization.k8s.io
  resources:
  - rolebindings
  - roles
  verbs:
  - create
  - delete
{{- end }}
