{{/* Rule: names are looked up. */}}
{{- define "jobimport.toDns" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- end -}}

{{/* Rule: these TCP ports, wherever they are; (list of ports) */}}
{{- define "jobimport.toPorts" -}}
- ports:
    {{- range . }}
    - {port: {{ int . }}, protocol: TCP}
    {{- end }}
{{- end -}}

{{/* Rule: a part of this release; (list $ "redis") */}}
{{- define "jobimport.toPart" -}}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ (index . 0).Release.Namespace }}
      podSelector:
        matchLabels: {{- include "jobimport.selector" . | nindent 10 }}
{{- end -}}

{{/* Rules: sources, which are public but for the networks that are allowed. */}}
{{- define "jobimport.toSources" -}}
- ports:
    - {port: 1, endPort: 65535, protocol: TCP}
  to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]
    - ipBlock:
        cidr: "::/0"
        except: ["::1/128", "fc00::/7", "fe80::/10", "64:ff9b::/96"]
    {{- range .Values.worker.allowedNetworks }}
    - ipBlock:
        cidr: {{ . | quote }}
    {{- end }}
{{- end -}}
