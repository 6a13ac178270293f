import { createApp } from 'vue'
import './styles/base.css'
import './styles/talk.css'
import './styles/panel.css'
import App from './window/App.vue'

createApp(App).mount('#app')
