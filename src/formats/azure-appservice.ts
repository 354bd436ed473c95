import { defineFormat, type Field, within } from './define.js';

const fields: Readonly<Record<string, Field>> = {
  TimeTaken: { slot: 'duration', as: 'milliseconds' },
  ScStatus: { slot: 'status', as: 'number' },
  ScBytes: { slot: 'bytes', as: 'number' },
  CsMethod: { slot: 'method', as: 'text' },
  CsUriStem: { slot: 'path', as: 'text' },
  CsUriQuery: { slot: 'query', as: 'text' },
  CsHost: { slot: 'host', as: 'text' },
  CIp: { slot: 'client', as: 'text' },
  CsUsername: { slot: 'identity', as: 'text', absent: ['', '-'] },
  UserAgent: { slot: 'userAgent', as: 'text' },
  ComputerName: { slot: 'writer', as: 'text' },
};

/** Front ends of App Service, and rows of the table of the same name. */
export default defineFormat({
  id: 'azure-appservice',
  title: 'Azure App Service HTTP log (diagnostic export, or rows of AppServiceHTTPLogs)',
  docs: 'https://learn.microsoft.com/azure/azure-monitor/reference/tables/appservicehttplogs',
  stamped: 'unknown',
  layout: {
    kind: 'json',
    needs: [['category=AppServiceHTTPLogs', 'Category=AppServiceHTTPLogs', 'Type=AppServiceHTTPLogs']],
    textObjects: ['properties'],
    fields: {
      time: { slot: 'time', as: 'time-iso' },
      TimeGenerated: { slot: 'time', as: 'time-iso' },
      ...within('properties', fields),
      ...fields,
    },
  },
  samples: [
    {
      line: '{"TimeGenerated":"2026-03-02T10:15:31.125Z","Category":"AppServiceHTTPLogs","CsMethod":"GET","CsUriStem":"/api/orders","CsUriQuery":"limit=50","CIp":"198.51.100.23","UserAgent":"orders-web/1.9","CsHost":"api.example.com","ScStatus":200,"ScBytes":5342,"TimeTaken":212,"CsUsername":"-","Type":"AppServiceHTTPLogs"}',
      gives: {
        time: 1772446531125,
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5342,
        durationMs: 212,
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
      },
    },
    {
      line: '{"time":"2026-03-02T10:15:30Z","resourceId":"/SUBSCRIPTIONS/0000/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.WEB/SITES/ORDERS","category":"AppServiceHTTPLogs","properties":"{\\"CsHost\\":\\"auth.example.com\\",\\"CIp\\":\\"10.20.0.7\\",\\"SPort\\":\\"443\\",\\"CsUriStem\\":\\"/oauth2/token\\",\\"CsUriQuery\\":\\"\\",\\"CsMethod\\":\\"POST\\",\\"TimeTaken\\":14,\\"ScStatus\\":\\"200\\",\\"Result\\":\\"Success\\",\\"CsBytes\\":\\"320\\",\\"ScBytes\\":\\"1184\\",\\"UserAgent\\":\\"orders-gw/4.2\\",\\"CsUsername\\":\\"\\",\\"ComputerName\\":\\"WEB-1\\"}"}',
      gives: {
        time: 1772446530000,
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        bytes: 1184,
        durationMs: 14,
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
        node: 'WEB-1',
      },
    },
  ],
});
