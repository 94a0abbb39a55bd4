public import MonitorCore
