import { createApp } from 'vue'
import App from './App.vue'
import { installKit } from './kit'
import './style.css'

const app = createApp(App)
installKit(app)
app.mount('#app')
